"""The program: composition, life, edge. The only package that knows all the others."""
