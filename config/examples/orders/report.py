"""The nightly report: how many orders there are."""
import os

import boto3


def handler(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    count = 0
    page = {}
    while True:
        answer = table.scan(Select="COUNT", **page)
        count += answer["Count"]
        if "LastEvaluatedKey" not in answer:
            break
        page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    print(f"{count} orders")
    return {"orders": count}
