"""The clients: processes and tasks that send to what is measured, or read what comes out."""
