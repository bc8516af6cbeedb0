"""What goes on the wire: a letter becomes a message, MIME bytes of our own making."""
