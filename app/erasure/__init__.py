"""What is held about whom: export, erasure, and how long anything is kept."""
