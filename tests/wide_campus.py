"""A campus with contracts, strategies, cooling, power domains, schedulers and many fields of jobs."""

from __future__ import annotations

from typing import Any


def _battery(**strategy: Any) -> dict[str, Any]:
    return {"kind": "battery", "power_mw": 1.0, "energy_mwh": 2.0, "strategy": strategy}


_RATES: dict[str, Any] = {
    "kind": "rates",
    "counterparty": "City Light",
    "import_price_usd_per_mwh": {
        "base": 40.0,
        "holidays": "US",
        "windows": [{"value": 90.0, "weekdays": [0, 6], "from_hour": 1, "to_hour": 2}],
    },
    "export_price_usd_per_mwh": 5.0,
    "demand": [
        {
            "name": "peak charge",
            "tiers": [{"up_to_mw": 2.0, "usd_per_mw_month": 1.0}, {"usd_per_mw_month": 3.0}],
            "windows": [{"months": [3], "from_hour": 1, "to_hour": 3}],
            "interval_min": 15,
            "contracted_mw": 5.0,
            "least_pu": 0.5,
            "ratchet": {"share_pu": 0.5, "last_months": 3, "peaks_before_mw": {"2025-02": 1.0}},
        }
    ],
    "coincident": [{"usd_per_mw": 3.0, "hours": ["2025-03-30T03:00"]}],
    "fixed": [{"name": "meter", "usd": 3.0, "every": "month"}],
    "least_usd_per_month": 3.0,
}
_SUPPLY: dict[str, Any] = {
    "grid": {
        "kind": "grid",
        "import_limit_mw": 12.0,
        "export_limit_mw": 1.0,
        "tariff": {
            "kind": "successive",
            "counterparty": "utility",
            "tariffs": [
                {"begins": "2025-03-01", "tariff": _RATES},
                {"begins": "2025-04-01", "tariff": {"kind": "rates", "import_price_usd_per_mwh": 20.0}},
            ],
        },
        "marginal_kgco2_per_mwh": 300.0,
    },
    "second": {"kind": "grid", "import_limit_mw": 3.0, "import_price_usd_per_mwh": 100.0},
    "shaver": _battery(kind="peak_shaving", connection="grid", target_mw=3.0),
    "day": _battery(kind="day_ahead", connection="grid", window_h=6.0, from_hour=2),
    "roll": _battery(
        kind="rolling_optimiser",
        connection="second",
        every_h=2,
        ahead_h=6,
        forecast={"kind": "persistence", "issued_every_h": 1.0},
        margin_days=1,
    ),
    "shifter": _battery(kind="solar_shifting", connection="grid", surplus_usd_per_mwh=1.0),
    "kept": _battery(kind="outage_reserve", recharge_h=1.0),
    "table": _battery(kind="timetable", power_mw={"times_s": [0.0, 600.0], "values": [0.5, -0.5]}),
    "sun": {
        "kind": "solar",
        "capacity_mw": 3.0,
        "weather": {"kind": "clear_sky", "latitude_deg": 40.0, "longitude_deg": 10.0},
        "mounting": "fixed",
    },
    "wind": {"kind": "measured_source", "power_mw": 2.0},
    "farm": {"kind": "measured_source", "power_mw": 1.0},
    "fusion": {
        "kind": "fusion",
        "start_day": {"earliest": "2025-03-29", "likely": "2025-03-30", "latest": "2025-03-31"},
    },
}
_SERVERS: dict[str, Any] = {
    "hall": {
        "servers": 48,
        "model": "8xh100",
        "in_service": 0.001,
        "scheduler": {
            "kind": "easy_backfill",
            "within_rack": True,
            "power_budget_mw": 2.0,
            "starts_by": "price",
            "forecast": {"kind": "noisy", "issued_every_h": 1.0, "error_pu": 0.1, "distribution": "normal"},
        },
        "mttf_h": 100.0,
        "mttr_h": 1.0,
        "boot_min": 5.0,
        "spares": 1,
        "domains": [
            {
                "name": "row",
                "limit_mw": 2.0,
                "domains": [{"name": "rack", "limit_mw": 0.2, "servers": 8, "copies": 3}],
                "copies": 2,
            }
        ],
    },
    "fair": {
        "servers": 50,
        "idle_w": 2000.0,
        "busy_w": 6000.0,
        "scheduler": {"kind": "fair_share", "shares": {"x": 2.0, "y": 1.0}},
    },
}
_DEMAND: dict[str, Any] = {
    "batch": {
        "kind": "workload",
        "pool": "hall",
        "flexible_pu": 1.0,
        "response": {"dead_pu": 0.1, "bend": 0.5, "floor_pu": 0.3},
        "jobs": {
            "arrivals_per_h": 20.0,
            "gap_cv": 1.5,
            "gpus": [8, 16],
            "gpu_weights": [1.0, 2.0],
            "duration": {"mean_h": 0.1, "cv": 1.0, "least_h": 0.05, "most_h": 0.5},
            "team_weights": {"x": 1.0, "y": 2.0},
            "priorities": [0, 1],
            "priority_weights": [1.0, 1.0],
            "deadline_ratio": 2.0,
        },
    },
    "train": {
        "kind": "training_job",
        "pool": "hall",
        "gpus": 16,
        "work_steps": 500,
        "resolution": "phases",
        "phases": {
            "iteration_s": 5.0,
            "compute_pu": 0.8,
            "compute_w": 900.0,
            "communication_w": 500.0,
            "evaluation_s": 10.0,
            "evaluation_w": 600.0,
            "iterations_per_evaluation": 100,
            "waiting_w": 300.0,
            "startup_s": 10.0,
        },
        "checkpoints": {"interval_s": 300.0, "cost_s": 5.0, "restart_s": 10.0},
        "interruptions": {"mtbf_gpu_h": 100.0, "planned_every_h": 1.0},
        "team": "x",
    },
    "stream": {
        "kind": "inference_stream",
        "pool": "fair",
        "replicas": 2,
        "model": "llama2_70b_8xh200",
        "requests_per_s": 1.0,
        "classes": {
            "chat": {
                "prompt_tokens": {"mean": 100.0, "cv": 1.0, "distribution": "lognormal"},
                "output_tokens": 20.0,
                "priority": 0,
                "ttft_objective_s": 1.0,
            },
            "batch": {
                "share": 0.5,
                "prompt_tokens": 100.0,
                "output_tokens": 20.0,
                "priority": 1,
                "deadline_h": 1.0,
                "worth_usd_per_mwh": 20.0,
            },
        },
        "autoscaling": {"least": 1, "target_pu": 0.5, "every_s": 60.0, "hold_min": 5.0},
        "resolution": "fluid",
    },
    "office": {
        "kind": "measured_load",
        "power_mw": {"dates": ["2025-03-30", "2025-03-30T00:30:00Z"], "values": [1.0, 2.0]},
    },
}
WIDE: dict[str, Any] = {
    "name": "wide",
    "start": "2025-03-30T00:00:00+00:00",
    "timezone": "Europe/Berlin",
    "target": {"unserved_mwh_per_year": 1.0, "unserved_h_per_year": 2.0},
    "carbon_usd_per_t": 20.0,
    "facility": {
        "cooling": {"kind": "chiller", "humidity_pu": 0.5, "evaporative_pu": 0.5, "rated_mw": 5.0},
        "ups": {"rated_mw": 8.0, "redundancy": "2N", "no_load_pu": 0.01},
        "transformer": {"rated_mw": 10.0},
        "fixed_mw": 0.1,
    },
    "weather": {"kind": "clear_sky", "latitude_deg": 40.0, "longitude_deg": 10.0, "temp_air_c": 20.0},
    "servers": _SERVERS,
    "supply": _SUPPLY,
    "demand": _DEMAND,
    "economics": {
        "discount_rate_per_year": 0.07,
        "horizon_years": 10,
        "assets": {
            "sun": {"capital_usd_per_mw": 1e6, "life_years": 20.0, "embodied_kgco2_per_mw": 3.0},
            "hall": {"capital_usd": 1e6, "life_years": 5.0},
            "facility": {"capital_usd": 3.0, "life_years": 4.0},
        },
        "usual_costs": True,
    },
    "agreements": {
        "ppa": {
            "kind": "physical",
            "counterparty": "seller",
            "source": "farm",
            "price_usd_per_mwh": 30.0,
            "begins": {"earliest": "2025-03-29", "likely": "2025-03-30", "latest": "2025-03-31"},
            "volume": "baseload",
            "contracted_mw": 1.0,
            "take_or_pay_pu": 0.5,
            "guaranteed_pu": 0.5,
            "damages_usd_per_mwh": 3.0,
        },
        "through": {
            "kind": "sleeved",
            "connection": "grid",
            "contracted_mw": 1.0,
            "price_usd_per_mwh": 30.0,
            "fee_usd_per_mwh": 2.0,
        },
        "swap": {
            "kind": "virtual",
            "source": "wind",
            "price_usd_per_mwh": 40.0,
            "index_usd_per_mwh": 30.0,
            "begins": "2025-03-29",
            "term_years": 1,
        },
    },
}
"""A campus with every kind of agreement and strategy, and most other parts that have fields of their own."""
