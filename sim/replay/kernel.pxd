# Types of kernel.py, for its compiled form.
import cython

from sim.bus.filling cimport Filling
from sim.bus.numbers cimport Numbers
from sim.plant.store cimport Store
from sim.replay.sums cimport Extremes, Integrals, Means

cdef double _HOUR_S, _NEVER, _LEAST_MW, _TOLERANCE_PU, _SLACK_MW
cdef long long _FACTOR
cdef Py_ssize_t _LOAD, _SERIES

@cython.final
cdef class Kernel:
    cdef object _bus
    cdef public object sums, factored, means, extremes, kept, steps_s, steps_mw
    cdef list _stores
    cdef Numbers _numbers
    cdef Filling _filling
    cdef Integrals _hours, _bills
    cdef Means _means
    cdef Extremes _extremes
    cdef public Py_ssize_t kept_rows, steps
    cdef Py_ssize_t _store_count, _blocks, _width, _changes, _change, _form_count
    cdef Py_ssize_t _level_at, _length, _factor_count, _short_count, _spilt_count, _most, _most_steps
    cdef double _horizon_s, _row_s, _next_s
    cdef double[::1] _row, _sums, _power, _factor, _since_s, _factored, _steps_s, _steps_mw
    cdef double[:, ::1] _levels, _kept
    cdef const double[::1] _script_s, _script_values, _level_s, _weights
    cdef const int[::1] _targets
    cdef const long long[::1] _sides, _places, _terms
    cdef long long[::1] _level_places, _power_at, _weighed, _short, _spilt

    cdef _share(self, object mw, object used_mw)
    @cython.locals(numbers=Numbers, store=Store, at=cython.Py_ssize_t, now_s=double)
    cpdef bint run(self) except? -1
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t, target=cython.Py_ssize_t, value=double, side="long long",
        place=cython.Py_ssize_t)
    cdef void _begin_instant(self, double now_s) noexcept
    @cython.locals(begin_s=double, mw=double)
    cdef void _weigh(self, Py_ssize_t place, double until_s) noexcept
    @cython.locals(numbers=Numbers, at=cython.Py_ssize_t, next_s=double)
    cdef void _look_ahead(self) noexcept
    @cython.locals(numbers=Numbers, filling=Filling, store=Store, at=cython.Py_ssize_t, margin=cython.Py_ssize_t,
        need_mw=double)
    cdef _settle(self, double now_s)
    @cython.locals(numbers=Numbers, blocks=cython.Py_ssize_t, at=cython.Py_ssize_t,
        form=cython.Py_ssize_t, one=double, other=double)
    cdef void _write(self, double now_s, double price) noexcept
    @cython.locals(begin_s=double, hours=double, at=cython.Py_ssize_t, place=cython.Py_ssize_t)
    cdef void _post(self, double until_s) noexcept
    @cython.locals(load_mw=double)
    cdef void _note_load(self, double begin_s) noexcept
    @cython.locals(store=Store, at=cython.Py_ssize_t, share=double, level=double)
    cdef void _follow_levels(self, double begin_s, double until_s) noexcept
    @cython.locals(numbers=Numbers, mw=double, is_kept=bint, at=cython.Py_ssize_t, place=cython.Py_ssize_t,
        row=cython.Py_ssize_t, width=cython.Py_ssize_t)
    cdef void _keep(self, double begin_s, double until_s) noexcept
