"""How the units of a code are used."""
