"""What populate needs of NetBox's API: one call, listings, bulk writes, and "create what is missing"."""
import concurrent.futures
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ.get('NETBOX_URL', 'http://127.0.0.1:8901').rstrip('/')
TOKEN = os.environ.get('NETBOX_TOKEN', '')
BATCH = 50      # rows a request: NetBox takes 0.15 s for each device, and a request must not time out

summary = {}    # what: (there before, added or taken away)


def call(method, path, body=None, tries=4):
    """One request; answers the decoded body, and ends the program at an error."""
    request = urllib.request.Request(
        f'{URL}/api/{path}', method=method, data=None if body is None else json.dumps(body).encode(),
        headers={'Authorization': f'Bearer {TOKEN}', 'Content-Type': 'application/json'})
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.loads(answer.read() or b'null')
    except urllib.error.HTTPError as err:
        text = err.read().decode(errors='replace')
        if err.code == 500 and tries and 'deadlock' in text:     # bulk is all or none: nothing was written
            time.sleep(1)
            return call(method, path, body, tries - 1)
        sys.exit(f'{method} {path}: {err.code} {text[:1000]}')
    except urllib.error.URLError as err:
        sys.exit(f'{method} {URL}/api/{path}: {err.reason}: is NetBox up there?')


def listing(path, **filters):
    """Every row, page by page in the order of the ids."""
    rows, start = [], 0
    while start is not None:
        page = call('GET', f'{path}/?' + urllib.parse.urlencode({**filters, 'start': start, 'limit': 1000}, doseq=True))
        rows += page['results']
        start = rows[-1]['id'] + 1 if page['next'] and page['results'] else None
    return rows


def plain(value):
    """A value as it compares: relations by id, choices by value, text trimmed as NetBox trims it."""
    if isinstance(value, dict):
        return value.get('id', value.get('value'))
    return value.strip() if isinstance(value, str) else value


def bulk(method, path, rows, lane=lambda row: 0):
    """Sends the rows in batches, two requests at a time; rows of the same lane never at the same time."""
    lanes = {}
    for row in rows:
        lanes.setdefault(lane(row), []).append(row)

    def send(some):
        return [x for i in range(0, len(some), BATCH) for x in call(method, f'{path}/', some[i:i + BATCH]) or []]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [x for answers in pool.map(send, sorted(lanes.values(), key=len, reverse=True)) for x in answers]


def by_type(device):
    """The lane of a device: NetBox locks its type while it counts the devices of that type."""
    return plain(device['device_type'])


def ensure(path, rows, key, have=None, lane=lambda row: 0):
    """Creates the rows whose key is not there yet; answers {key: id} of everything there.

    key is the fields that make one, or a function; have is the rows already there, when the caller knows better.
    """
    def key_of(row):
        return key(row) if callable(key) else tuple(plain(row.get(field)) for field in key)
    if len({key_of(row) for row in rows}) != len(rows):
        sys.exit(f'{path}: the estate names one thing twice')
    have = listing(path, fields='id,' + ','.join(key)) if have is None else have
    ids = {key_of(row): row['id'] for row in have}
    missing = [row for row in rows if key_of(row) not in ids]
    ids.update({key_of(made): made['id'] for made in bulk('POST', path, missing, lane)})
    there, added = summary.get(path, (0, 0))
    summary[path] = (there + len(rows) - len(missing), added + len(missing))
    return ids


def remove(path, lane=lambda row: 0, **filters):
    """Deletes what the filters find. A filter without a value would find everything, so it finds nothing."""
    rows = listing(path, fields='id,device_type', **filters) if all(filters.values()) else []
    bulk('DELETE', path, rows, lane)
    summary[path] = (0, -len(rows))
