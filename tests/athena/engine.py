"""Runs the SQL that casefile writes for Athena: it must be what Trino's own grammar reads, and runs
on DuckDB by way of a translation.

Reads lines of JSON and answers each with one: {"records": [...]} makes the table anew from records
of CloudTrail, as Athena's SerDe reads them; {"sql": "..."} runs a statement.
"""

import json
import re
import sys
import tempfile

import duckdb
import sqlglot
from sqlglot import exp
from trino_query_parser import parse_statement

TEXTS = """eventversion eventtime eventsource eventname awsregion sourceipaddress useragent errorcode
errormessage requestparameters responseelements additionaleventdata requestid eventid readonly
eventtype apiversion recipientaccountid serviceeventdetails sharedeventid vpcendpointid
vpcendpointaccountid eventcategory addendum sessioncredentialfromconsole""".split()

IDENTITY = """STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR,
invokedby VARCHAR, accesskeyid VARCHAR, username VARCHAR,
onbehalfof STRUCT(userid VARCHAR, identitystorearn VARCHAR),
sessioncontext STRUCT(attributes STRUCT(mfaauthenticated VARCHAR, creationdate VARCHAR),
sessionissuer STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR,
username VARCHAR), ec2roledelivery VARCHAR,
webidfederationdata STRUCT(federatedprovider VARCHAR, attributes MAP(VARCHAR, VARCHAR))))"""

READ = set()

PARTITIONS = ["account", "region", "year", "month", "day", "timestamp"]


def text(value):
    """A value in a column of text: structures are their JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def structure(value, members):
    """A structure has the members of its type and no others."""
    if not isinstance(value, dict):
        return None
    own = {name.lower(): inner for name, inner in value.items()}
    return {
        name: structure(own.get(name), inner) if isinstance(inner, dict) else inner(own.get(name))
        for name, inner in members.items()
    }


def mapping(value):
    return {name: text(inner) for name, inner in value.items()} if value else None


def texts(names):
    return {name: text for name in names.split()}


USER = texts("type principalid arn accountid invokedby accesskeyid username") | {
    "onbehalfof": texts("userid identitystorearn"),
    "sessioncontext": {
        "attributes": texts("mfaauthenticated creationdate"),
        "sessionissuer": texts("type principalid arn accountid username"),
        "ec2roledelivery": text,
        "webidfederationdata": {"federatedprovider": text, "attributes": mapping},
    },
}
RESOURCE = texts("arn accountid type")
TLS = texts("tlsversion ciphersuite clientprovidedhostheader")


def row(record):
    own = {name.lower(): value for name, value in record.items()}
    values = {name: text(own.get(name)) for name in TEXTS}
    values["useridentity"] = structure(own.get("useridentity"), USER)
    resources = own.get("resources")
    values["resources"] = resources and [structure(one, RESOURCE) for one in resources]
    values["tlsdetails"] = structure(own.get("tlsdetails"), TLS)
    year, month, day = own["eventtime"][:10].split("-")
    values["account"] = own.get("recipientaccountid")
    values["region"] = own.get("awsregion")
    values |= {"year": year, "month": month, "day": day, "timestamp": f"{year}/{month}/{day}"}
    return values


def load(records):
    """The table, through a file: that is how DuckDB takes many structures quickly."""
    types = {name: "VARCHAR" for name in TEXTS + PARTITIONS}
    types["useridentity"] = IDENTITY
    types["resources"] = "STRUCT(arn VARCHAR, accountid VARCHAR, type VARCHAR)[]"
    types["tlsdetails"] = (
        "STRUCT(tlsversion VARCHAR, ciphersuite VARCHAR, clientprovidedhostheader VARCHAR)"
    )
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA logs")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        for record in records:
            file.write(json.dumps(row(record)) + "\n")
        file.flush()
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        connection.execute(
            f"CREATE TABLE logs.trail AS SELECT * FROM read_json('{file.name}', "
            f"format = 'newline_delimited', columns = {{{columns}}})"
        )
    return connection


def json_format(node):
    """What json_format(CAST(x AS JSON)) of Trino is on DuckDB."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "json_format":
        (inner,) = node.expressions
    elif isinstance(node, exp.JSONFormat):
        inner = node.this
    else:
        return node
    cast = inner.this if isinstance(inner, exp.Cast) else inner
    made = exp.Anonymous(this="to_json", expressions=[cast])
    null = exp.Is(this=cast.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=null, true=exp.Null())], default=exp.cast(made, "text"))


def run(connection, sql):
    # Literals aside, many statements are the same, and the grammar takes its time.
    shape = re.sub("'[^']*'", "''", sql)
    if shape not in READ:
        parse_statement(sql)
        READ.add(shape)
    (tree,) = sqlglot.parse(sql, read="athena")
    translated = tree.transform(json_format).sql(dialect="duckdb")
    rows = connection.execute(translated).fetchall()
    return [[None if value is None else str(value) for value in row] for row in rows]


def main():
    connection = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "records" in asked:
                connection = load(asked["records"])
                answer = {"rows": []}
            else:
                answer = {"rows": run(connection, asked["sql"])}
        except Exception as error:  # whatever is wrong with the statement is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
