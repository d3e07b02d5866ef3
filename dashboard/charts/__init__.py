"""Core's numbers as plotly figures. Each names its axes with units and says in its title what is seen."""
