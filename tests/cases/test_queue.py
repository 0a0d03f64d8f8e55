from tests.factories import make_case, make_report, case_of
import pytest

def test_pages(app, people, client):
    a = case_of(make_report("电话13800138000，车牌云A12345 垃圾满了", phone="13800138000", photos=2)); b = make_case("accepted"); c= make_case("need_info"); d=make_case("closed")
    client.sign_in("moderator@demo.invalid")
    r = client.get("/office/queue"); assert r.status_code == 200
    assert client.get("/office/").status_code == 303
    for x in (a,b,c,d):
        r = client.get(f"/office/cases/{x.number}"); assert r.status_code == 200, x
    r = client.submit(f"/office/cases/{a.number}/accept", {"version": a.version, "category": "SAN-01", "area": a.area_code, "unit":"sanitation", "step":"dispatch", "compared":"y"}, page=f"/office/cases/{a.number}")
    assert r.status_code == 303, r.text
    r = client.submit(f"/office/cases/{a.number}/accept", {"version": 1, "category": "SAN-01", "area": a.area_code, "unit":"sanitation", "step":"dispatch", "compared":"y"}, page=f"/office/cases/{a.number}")
    assert r.status_code == 409, r.text
    assert client.get(f"/office/cases/{a.number}").status_code == 200
