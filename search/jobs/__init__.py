"""Long work of the admin pages: each job is a process of its own, so that searching stays quick."""
