def test_boot(app, people):
    assert people["moderator"].roles
import pytest
@pytest.mark.both_databases
def test_boot2(app, people):
    assert people["moderator"].roles
    from citizen.departments.queries import directory
    d = directory(); assert len(d.points)==210
