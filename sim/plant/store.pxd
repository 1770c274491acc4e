# Types of store.py, for its compiled form.
import cython

from sim.bus.flat_mover cimport FlatMover
from sim.bus.numbers cimport Numbers

cdef double _LAST_MOMENT, _TOLERANCE, _HOUR_S, _NEVER

cdef class Store(FlatMover):
    cdef public object name, charge, refill, discharge, reserve
    cdef public double level_mwh, initial_mwh, standing_mwh, charge_eff_pu, discharge_eff_pu
    cdef object _bus, _terminal
    cdef Py_ssize_t _withheld_at, _charge_at, _refill_at, _discharge_at, _reserve_at, _gauge_at, _turn
    cdef double _standing_mw, _loss_mwh_per_s, _rate_mwh_per_s, _bound_mwh, _bound_s, _at_s
    cdef double _charge_mw, _discharge_mw, _slack_mwh, _empty_mwh, _min_mwh, _max_mwh, _held_mwh, _low_mwh
    cdef double _reserve_mwh, _full_mwh, _over_mwh, _upkeep_mw
    cdef bint _has_reserve

    @cython.locals(elapsed_s=double, level=double, charge_mw=double, refill_mw=double, numbers=Numbers)
    cpdef advance(self, double now_s)
    @cython.locals(first=cython.Py_ssize_t, at=cython.Py_ssize_t, other=cython.Py_ssize_t, charge_mw=double,
        discharge_mw=double, rate_mw=double, level=double, loss_mw=double, bound_mwh=double, ahead_mwh=double,
        due_s=double, numbers=Numbers)
    cpdef settled(self, double now_s)
