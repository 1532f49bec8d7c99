"""The practice library: what was done, who adopted it, and what came of that."""
