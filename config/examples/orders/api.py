"""The orders API: one table, three routes."""
import json
import os
import uuid

import boto3

GREETING = "Orders, at your service"

orders = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body) + "\n",
    }


def hello(event, context):
    return answer(200, {"message": GREETING})


def create(event, context):
    try:
        order = json.loads(event.get("body") or "{}")
        item = {"id": str(uuid.uuid4()), "what": str(order["what"])}
    except (ValueError, KeyError, TypeError):
        return answer(400, {"error": 'send {"what": "…"}'})
    orders.put_item(Item=item)
    return answer(201, item)


def show(event, context):
    item = orders.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    return answer(200, item) if item else answer(404, {"error": "no such order"})
