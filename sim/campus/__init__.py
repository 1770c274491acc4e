"""The campus: the whole model as data, with all built-in kinds."""

from __future__ import annotations

from sim.campus.campus import Campus
from sim.campus.run_plan import RunPlan
from sim.campus.target import Target
from sim.compute.domains import PowerDomain
from sim.compute.easy_backfill import EasyBackfill
from sim.compute.fair_share import FairShare
from sim.compute.first_come import FirstCome
from sim.compute.fitted import fit_response, relative_curve, response_from_caps
from sim.compute.priority import PriorityOrder
from sim.compute.response import PowerResponse
from sim.compute.scheduler import Decision, Running, Scheduler, Start, State, Waiting
from sim.compute.servers import ServerPool
from sim.compute.worth import WorthOrder
from sim.contracts.physical import PhysicalAgreement
from sim.contracts.ratchet import Ratchet
from sim.contracts.rates import CoincidentPeak, Demand, DemandTier, Fixed, Rates
from sim.contracts.sleeved import SleevedAgreement
from sim.contracts.successive import SuccessiveTariffs, TariffFrom
from sim.contracts.urdb import UrdbTariff
from sim.contracts.virtual import VirtualAgreement
from sim.demand.checkpoints import Checkpoints
from sim.demand.cooling import ChillerCooling, WetBulbCooling
from sim.demand.facility import Facility
from sim.demand.inference import InferenceStream
from sim.demand.interruptions import Interruptions
from sim.demand.losses import Transformer, Ups
from sim.demand.measured import MeasuredLoad
from sim.demand.phases import Phases
from sim.demand.training import TrainingJob
from sim.demand.workload import Workload
from sim.economics.asset import Asset
from sim.economics.economics import Economics
from sim.requests.request_class import CLASSES as REQUEST_CLASSES
from sim.requests.request_class import RequestClass
from sim.requests.request_log import RequestTable
from sim.requests.tokens import Tokens
from sim.serving.fitted import fit_replica
from sim.serving.models import MODELS
from sim.serving.power_cuts import power_cuts
from sim.serving.replica import Replica
from sim.serving.replicas import Autoscaling
from sim.strategies.day_ahead import DayAhead
from sim.strategies.outage_reserve import OutageReserve
from sim.strategies.peak_shaving import PeakShaving
from sim.strategies.rolling_optimiser import RollingOptimiser
from sim.strategies.solar_shifting import SolarShifting
from sim.strategies.strategy import Strategy
from sim.strategies.timetable import Timetable
from sim.supply.battery import Battery
from sim.supply.fusion import FusionPlant
from sim.supply.gas import GasTurbines
from sim.supply.generators import Generators
from sim.supply.grid import GridConnection
from sim.supply.measured import MeasuredSource
from sim.supply.reactor import SmallModularReactor
from sim.supply.solar import SolarPlant
from sim.timeseries.forecast import (
    Forecast,
    ForecastModel,
    NoisyForecast,
    PerfectForecast,
    PersistenceForecast,
)
from sim.timeseries.start_date import StartDate
from sim.weather.weather_years import WeatherYears

__all__ = [
    "MODELS",
    "REQUEST_CLASSES",
    "Asset",
    "Autoscaling",
    "Battery",
    "Campus",
    "Checkpoints",
    "ChillerCooling",
    "CoincidentPeak",
    "DayAhead",
    "Decision",
    "Demand",
    "DemandTier",
    "EasyBackfill",
    "Economics",
    "Facility",
    "FairShare",
    "FirstCome",
    "Fixed",
    "Forecast",
    "ForecastModel",
    "FusionPlant",
    "GasTurbines",
    "Generators",
    "GridConnection",
    "InferenceStream",
    "Interruptions",
    "MeasuredLoad",
    "MeasuredSource",
    "NoisyForecast",
    "OutageReserve",
    "PeakShaving",
    "PerfectForecast",
    "PersistenceForecast",
    "Phases",
    "PhysicalAgreement",
    "PowerDomain",
    "PowerResponse",
    "PriorityOrder",
    "Ratchet",
    "Rates",
    "Replica",
    "RequestClass",
    "RequestTable",
    "RollingOptimiser",
    "RunPlan",
    "Running",
    "Scheduler",
    "ServerPool",
    "SleevedAgreement",
    "SmallModularReactor",
    "SolarPlant",
    "SolarShifting",
    "Start",
    "StartDate",
    "State",
    "Strategy",
    "SuccessiveTariffs",
    "Target",
    "TariffFrom",
    "Timetable",
    "Tokens",
    "TrainingJob",
    "Transformer",
    "Ups",
    "UrdbTariff",
    "VirtualAgreement",
    "Waiting",
    "WeatherYears",
    "WetBulbCooling",
    "Workload",
    "WorthOrder",
    "fit_replica",
    "fit_response",
    "power_cuts",
    "relative_curve",
    "response_from_caps",
]
