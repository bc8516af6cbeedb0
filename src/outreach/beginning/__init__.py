"""The beginning of a campaign: what a new folder holds, and how it gets there."""
