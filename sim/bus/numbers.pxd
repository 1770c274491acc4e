# Types of numbers.py, for its compiled form.
import cython

cdef long long _OFFERED, _WANTED, _OFFER_PRICE, _BID_PRICE, _RENEWED

@cython.final
cdef class Numbers:
    cdef public bint asked, is_ranked
    cdef public long long settlements
    cdef public double price_usd_per_mwh
    cdef public Py_ssize_t first_bid, blocks, gauge_count, turns, members, ranks
    cdef double[::1] offered, wanted, settled_mw, used_mw, gauges, turns_s
    cdef double[::1] offer_prices, bid_prices, offer_costs, bid_costs, prices, costs

    @cython.locals(at=cython.Py_ssize_t, price=double, cost=double)
    cpdef void price(self) noexcept
    cdef void set(self, long long side, Py_ssize_t place, double value) noexcept
