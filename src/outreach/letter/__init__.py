"""What is said: the letter's source is read, rendered for a contact, and turned into text and HTML."""
