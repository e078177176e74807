"""Random requests over all URLs and forms, as administrator, operator and viewer. `make fuzz N=15000`; the suite makes
1,500 of them."""
