"""The campus: the whole model as data, with all built-in kinds."""

from __future__ import annotations

from sim.campus.campus import Campus
from sim.campus.run_plan import RunPlan
from sim.campus.target import Target
from sim.compute.servers import ServerPool
from sim.demand.cooling import ChillerCooling, WetBulbCooling
from sim.demand.facility import Facility
from sim.demand.inference import InferenceStream
from sim.demand.losses import Transformer, Ups
from sim.demand.measured import MeasuredLoad
from sim.demand.training import TrainingJob
from sim.supply.battery import Battery
from sim.supply.fusion import FusionAgreement
from sim.supply.gas import GasTurbines
from sim.supply.grid import GridConnection
from sim.supply.measured import MeasuredSource
from sim.supply.reactor import SmallModularReactor
from sim.supply.solar import SolarPlant
from sim.weather.weather_years import WeatherYears

__all__ = [
    "Battery",
    "Campus",
    "ChillerCooling",
    "Facility",
    "FusionAgreement",
    "GasTurbines",
    "GridConnection",
    "InferenceStream",
    "MeasuredLoad",
    "MeasuredSource",
    "RunPlan",
    "ServerPool",
    "SmallModularReactor",
    "SolarPlant",
    "Target",
    "TrainingJob",
    "Transformer",
    "Ups",
    "WeatherYears",
    "WetBulbCooling",
]
