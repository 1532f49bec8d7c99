"""The files of a release: immutable, signed, for papers to cite and programs to read."""
