"""What DNS says about the domains of a campaign: its sender's, and those of its recipients."""
