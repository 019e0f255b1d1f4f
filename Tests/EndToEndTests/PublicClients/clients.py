"""Drives a simulated org with public Salesforce clients, unchanged but for the road their requests take.

The clients insist on https and on Salesforce's host names; only the transport is led to the simulator's port.
"""

import asyncio
import sys
from urllib.parse import urlparse, urlunparse

import httpx
import requests
from aiosalesforce import Salesforce as AsyncSalesforce
from aiosalesforce.auth import ClientCredentialsFlow
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError

HOST, PORT = urlparse(sys.argv[1]).netloc.split(":")
CLIENT = {"consumer_key": "simulator-client", "consumer_secret": "simulator-secret"}
USER = {"username": "integration@simulator.example", "password": "simulator-password"}


class Reroute(HTTPAdapter):
    def send(self, request, **options):
        parts = urlparse(request.url)
        request.url = urlunparse(parts._replace(scheme="http", netloc=f"{HOST}:{PORT}"))
        return super().send(request, **options)


class AsyncReroute(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        request.url = request.url.copy_with(scheme="http", host=HOST, port=int(PORT))
        return await super().handle_async_request(request)


def check(name, condition):
    if not condition:
        sys.exit(f"{name}: failed")
    print(name, flush=True)


def refused(name, code, call):
    try:
        call()
    except SalesforceError as error:
        check(name, error.content[0]["errorCode"] == code)
    else:
        sys.exit(f"{name}: was not refused")


def simple():
    session = requests.Session()
    session.mount("https://", Reroute())
    check("simple: SOAP login", Salesforce(**USER, security_token="T", session=session).session_id)
    check("simple: password login", Salesforce(**USER, **CLIENT, session=session).session_id)
    org = Salesforce(**CLIENT, domain="acme.my", session=session)
    people = org.query("SELECT Id, Email FROM Lead ORDER BY Email LIMIT 3")["records"]
    check("simple: query", [p["Email"] for p in people][0] == "person000001@example.com")
    check("simple: query_all", len(org.query_all("SELECT Id FROM Lead")["records"]) == 2500)
    check("simple: describe", "Newsletter__c" in [f["name"] for f in org.Lead.describe()["fields"]])
    made = org.Lead.create({"LastName": "O'Neil", "Company": "X", "Email": "o'neil@example.com"})
    check("simple: create", made["success"])
    check("simple: update", org.Lead.update(made["id"], {"Newsletter__c": True}) == 204)
    check("simple: get", org.Lead.get(made["id"])["Newsletter__c"] is True)
    check("simple: upsert creates", org.Lead.upsert("External_Id__c/k-1", {"LastName": "U", "Company": "C"}) in (200, 201))
    check("simple: upsert updates", org.Lead.upsert("External_Id__c/k-1", {"LastName": "V"}) in (200, 204))
    check("simple: by key", org.Lead.get_by_custom_id("External_Id__c", "k-1")["LastName"] == "V")
    check("simple: delete", org.Lead.delete(made["id"]) == 204)
    refused("simple: deleted", "ENTITY_IS_DELETED", lambda: org.Lead.update(made["id"], {"Newsletter__c": True}))
    refused("simple: bad field", "INVALID_FIELD", lambda: org.query("SELECT Nope FROM Lead"))
    ids = [p["Id"] for p in people]
    records = [{"attributes": {"type": "Lead"}, "id": i, "Newsletter__c": True} for i in ids]
    answer = org.restful("composite/sobjects", method="PATCH", json={"allOrNone": False, "records": records})
    check("simple: collections", [r["success"] for r in answer] == [True] * 3)
    rows = [{"Id": ids[0], "Frequency__c": "weekly"}, {"Id": ids[1], "Frequency__c": "hourly"}]
    job = org.bulk2.Lead.update(records=rows)[0]
    check("simple: bulk 2.0", job["numberRecordsProcessed"] == 2 and job["numberRecordsFailed"] == 1)
    failed = org.bulk2.Lead.get_failed_records(job["job_id"])
    check("simple: bulk 2.0 rows", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in failed)
    check("simple: limits", org.limits()["DailyApiRequests"]["Max"] > 0)
    check("simple: usage header", org.api_usage)


async def asynchronous():
    login = ClientCredentialsFlow(client_id=CLIENT["consumer_key"], client_secret=CLIENT["consumer_secret"])
    async with httpx.AsyncClient(transport=AsyncReroute()) as client:
        org = AsyncSalesforce(client, base_url="https://acme.my.salesforce.com", auth=login)
        rows = [r async for r in org.query("SELECT Id, Email FROM Lead ORDER BY Email")]
        check("aio: query over pages", len(rows) >= 2500)
        contact = await org.sobject.create("Contact", {"LastName": "Aio"})
        await org.sobject.update("Contact", contact, {"Newsletter__c": True})
        check("aio: create, update, get", (await org.sobject.get("Contact", contact))["Newsletter__c"] is True)
        upserted = await org.sobject.upsert("Contact", "k-2", "External_Id__c", {"LastName": "Z"})
        check("aio: upsert", upserted.created)
        result = await org.bulk_v2.insert("Contact", [{"LastName": f"B{n}"} for n in range(5)])
        check("aio: bulk 2.0", len(result.successful_results) == 5)


simple()
asyncio.run(asynchronous())
print("done")
