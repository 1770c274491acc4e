# Types of filling.py, for its compiled form.
import cython

from sim.bus.numbers cimport Numbers
from sim.timeseries.exact_sum cimport ExactSum

cdef double _LEAST_PU, _NOT_FOR_SALE

@cython.final
cdef class Filling:
    cdef public object sizes, uses
    cdef readonly Py_ssize_t blocks, crossed
    cdef double[::1] mw, used_mw, price
    cdef Py_ssize_t _masked_count, _order_count, _pairs
    cdef long long[::1] _masked, _order, _group, _group_start, _sharing, _both, _crossed
    cdef ExactSum _sum

    @cython.locals(at=cython.Py_ssize_t, step=cython.Py_ssize_t, back=cython.Py_ssize_t)
    cdef void rank(self, Numbers numbers) noexcept
    cdef bint _precedes(self, Py_ssize_t at, Py_ssize_t other) noexcept
    @cython.locals(groups=cython.Py_ssize_t, members=cython.Py_ssize_t, begin=cython.Py_ssize_t, end=cython.Py_ssize_t,
        first=cython.Py_ssize_t, at=cython.Py_ssize_t, step=cython.Py_ssize_t)
    cdef void _find_groups(self, Py_ssize_t first_bid) noexcept
    @cython.locals(pair=cython.Py_ssize_t, sell=cython.Py_ssize_t, buy=cython.Py_ssize_t)
    cdef void _find_crossed(self) noexcept
    @cython.locals(at=cython.Py_ssize_t, sell=cython.Py_ssize_t, buy=cython.Py_ssize_t, both_mw=double)
    cdef bint part(self) noexcept
    @cython.locals(at=cython.Py_ssize_t, first=cython.Py_ssize_t)
    cdef double take(self, Numbers numbers) noexcept
    @cython.locals(at=cython.Py_ssize_t, step=cython.Py_ssize_t, place=cython.Py_ssize_t, left_mw=double)
    cdef Py_ssize_t fill(self, double need_mw) noexcept
    @cython.locals(back=cython.Py_ssize_t, ahead=cython.Py_ssize_t)
    cdef Py_ssize_t _margin(self, Py_ssize_t step) noexcept
    @cython.locals(at=cython.Py_ssize_t, first=cython.Py_ssize_t, last=cython.Py_ssize_t, share=double)
    cdef void _share(self, Py_ssize_t group, double left_mw) noexcept
    @cython.locals(at=cython.Py_ssize_t, sum_mw=double)
    cdef bint balances(self, double need_mw, double slack_mw) noexcept
