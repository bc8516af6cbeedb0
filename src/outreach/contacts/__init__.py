"""Who receives: contact lists and [data] tables are read, addresses parsed and checked."""
