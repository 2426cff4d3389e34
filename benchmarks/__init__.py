"""What the service costs, against what a plain one costs, in one run; README.md tells how and why."""
