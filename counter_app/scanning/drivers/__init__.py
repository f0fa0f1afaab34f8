"""One module per way of reaching scanners; each keeps the promises of `counter_app.scanning.driver.ScanDriver`."""
