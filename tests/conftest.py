"""With CI set to anything but 0 or false, a skipped Python test is a failure."""

import pytest

from ci.gotest import in_ci


def refuse_skip(report):
    """Turns a report of a skip into one of a failure."""
    if report.skipped and in_ci():
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not accept: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """A test that calls pytest.skip, or is marked so."""
    report = yield
    return report if hasattr(report, "wasxfail") else refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """A module that skips itself."""
    return refuse_skip((yield))
