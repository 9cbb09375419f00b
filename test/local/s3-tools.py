"""What boto3 sees of an S3 endpoint: `s3-tools.py URL BUCKET` prints one JSON document."""
import io
import json
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

url, bucket = sys.argv[1:3]
s3 = boto3.client(
    "s3",
    endpoint_url=url,
    region_name="us-east-1",
    aws_access_key_id="local",
    aws_secret_access_key="test",
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)


def failure(call):
    try:
        call()
    except ClientError as error:
        return [error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]]


s3.create_bucket(Bucket=bucket)
put = s3.put_object(Bucket=bucket, Key="a b+c.txt", Body=b"hello", Metadata={"one": "1"}, IfNoneMatch="*")
got = s3.get_object(Bucket=bucket, Key="a b+c.txt", ChecksumMode="ENABLED")
big = bytes(range(256)) * 50_000
s3.upload_fileobj(io.BytesIO(big), bucket, "big", Config=TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20))
back = io.BytesIO()
s3.download_fileobj(bucket, "big", back)
for name in ["d/é", "d/\u65e5", "d/x y"]:
    s3.put_object(Bucket=bucket, Key=name, Body=b"x")
link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b+c.txt"}, ExpiresIn=60)
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
print(
    json.dumps(
        {
            "etag": put["ETag"],
            "body": got["Body"].read().decode(),
            "metadata": got["Metadata"],
            "again": failure(lambda: s3.put_object(Bucket=bucket, Key="a b+c.txt", Body=b"x", IfNoneMatch="*")),
            "nowhere": failure(lambda: s3.get_object(Bucket=bucket, Key="nowhere")),
            "head": failure(lambda: s3.head_object(Bucket=bucket, Key="nowhere")),
            "policy": failure(lambda: s3.get_bucket_policy(Bucket=bucket)),
            "big": back.getvalue() == big,
            "presigned": urllib.request.urlopen(link).read().decode(),
            "keys": [entry["Key"] for page in pages for entry in page["Contents"]],
            "deleted": len(s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "big"}, {"Key": "d/é"}]})["Deleted"]),
        }
    )
)
