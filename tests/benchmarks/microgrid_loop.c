/* The microgrid of the benchmark as a loop written by hand: load, sun, battery, grid; a row for each settlement.

Rows have as many numbers as those of the simulator. The battery's charge and discharge bounds are exact within a
step, like the simulator's. Returns the number of settlements; totals in MWh: import, export, charge, discharge. */
#include <math.h>

long run(const double *load, const double *sun, long steps, double step_h, double power_mw, double capacity_mwh,
         double least_mwh, double *rows, long width, long most, double *totals)
{
    double level = capacity_mwh, imports = 0, exports = 0, charged = 0, discharged = 0;
    long settlements = 0;
    for (long at = 0; at < steps; at++) {
        double left_h = step_h, begin_h = at * step_h;
        while (left_h > 1e-12) {
            double net = load[at] - sun[at], charge = 0, discharge = 0, span_h = left_h;
            if (net > 0 && level > least_mwh) {
                discharge = fmin(net, power_mw);
                span_h = fmin(span_h, (level - least_mwh) / discharge);
            } else if (net < 0 && level < capacity_mwh) {
                charge = fmin(-net, power_mw);
                span_h = fmin(span_h, (capacity_mwh - level) / charge);
            }
            double import = fmax(0.0, net - discharge), export = fmax(0.0, -net - charge);
            double *row = rows + (settlements % most) * width;
            row[0] = begin_h;
            row[1] = import > 0 ? 50.0 : 1.0;
            row[2] = load[at]; row[3] = sun[at]; row[4] = import; row[5] = export;
            row[6] = charge; row[7] = discharge; row[8] = level;
            for (long number = 9; number < width; number++)
                row[number] = net;
            level += (charge - discharge) * span_h;
            if (level < least_mwh + 1e-12) level = least_mwh;
            if (level > capacity_mwh - 1e-12) level = capacity_mwh;
            imports += import * span_h; exports += export * span_h;
            charged += charge * span_h; discharged += discharge * span_h;
            left_h -= span_h; begin_h += span_h;
            settlements++;
        }
    }
    totals[0] = imports; totals[1] = exports; totals[2] = charged; totals[3] = discharged;
    return settlements;
}
