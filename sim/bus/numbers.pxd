# Types of numbers.py, for its compiled form.

cdef class Numbers:
    cdef public bint asked, is_ranked
    cdef public long long settlements
    cdef public double price_usd_per_mwh
    cdef public Py_ssize_t first_bid, blocks, gauge_count, turns, members
    cdef double[::1] offered, wanted, settled_mw, used_mw, gauges, turns_s
