"""The dossier: one HTML file of a run that opens anywhere, drags, and says whether it was changed since."""
