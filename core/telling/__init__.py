"""What is told of a run, in words, numbers and a live threshold: the dashboard and the dossier read it alike."""
