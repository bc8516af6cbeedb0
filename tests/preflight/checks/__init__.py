"""Tests of the checks of letters."""
