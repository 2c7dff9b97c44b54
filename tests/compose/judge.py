"""The oracle, run inside: the database has no port outside. Ids on standard input, verdict out.

Run in the provisioner's place (`System.verdict`), which knows the database's administrator.
"""

import json
import os
import sys
from dataclasses import asdict

from services.cli.operate import CA_FILE
from services.client import Client
from services.stack.database import with_user
from services.stack.keys import SECRET
from services.stack.layout import Deployment, bootstrap_key
from services.stack.local import ROOT
from services.stack.secrets import Secrets
from tests.support.oracle import Oracle

DATABASE = f"mongodb://mongo:27017/?replicaSet=fuyuan&tls=true&tlsCAFile={CA_FILE}"
SECONDS = 240.0

if __name__ == "__main__":
    admin, password = os.environ["DATABASE_ADMIN"], os.environ["DATABASE_ADMIN_PASSWORD"]
    urls = {name: f"http://{name}:8080" for name in ("intake", "parking")}
    operator = Client(urls, bootstrap_key(Secrets.from_hex(os.environ[SECRET], SECRET)))
    prefix = Deployment.under(ROOT).database_prefix
    oracle = Oracle(with_user(DATABASE, admin, password), prefix, operator)
    sys.stdout.write(json.dumps(asdict(oracle.settled(json.load(sys.stdin), SECONDS))))
