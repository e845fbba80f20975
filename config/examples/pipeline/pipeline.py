"""Files become messages, messages become records, changes of records become an audit log."""
import json
import os
import urllib.parse

import boto3


def ingest(event, context):
    queue = boto3.client("sqs")
    for record in event["Records"]:
        message = {
            "bucket": record["s3"]["bucket"]["name"],
            "key": urllib.parse.unquote_plus(record["s3"]["object"]["key"]),
        }
        queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(message))


def work(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    failed = []
    for record in event["Records"]:
        try:
            table.put_item(Item=json.loads(record["body"]))
        except Exception as error:  # one bad message must not hold up the others
            print(f"message {record['messageId']}: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def audit(event, context):
    for record in event["Records"]:
        print(record["eventName"], json.dumps(record["dynamodb"].get("Keys")))
