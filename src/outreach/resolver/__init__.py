"""The resolver asks DNS: each question once, within its time, and an answer that did not come is one too."""
