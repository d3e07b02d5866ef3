"""Compare: two runs on the same images; its choices, sentences, tables and the gallery of what they disagree on."""
