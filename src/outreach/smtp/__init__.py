"""How we speak to a relay (RFC 5321): connect, encrypt, log in, and exchange messages for replies."""
