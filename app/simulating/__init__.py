"""模拟: years of a programme's life in minutes, on a held clock, with people who do what the programme's
`simulation.yaml` says of them. The seed decides what they do and nothing else."""

from app.simulating.beside import Neighbours
from app.simulating.counting import Year, table
from app.simulating.policies import Plan, SimulationFails
from app.simulating.running import Simulation

__all__ = ["Neighbours", "Plan", "Simulation", "SimulationFails", "Year", "table"]
