"""The estate as data, and the devices that follow from it: what populate writes.

No chance is involved: device 17 is the same one in every run and at every size.
"""
import ipaddress
import random
import re

# name, slug of the parent; three levels
REGIONS = [('Europe', None), ('Americas', None), ('Asia-Pacific', None),
           ('DACH', 'europe'), ('Nordics', 'europe'), ('North America', 'americas'), ('East Asia', 'asia-pacific'),
           ('Switzerland', 'dach'), ('Germany', 'dach'), ('Österreich', 'dach'), ('Danmark', 'nordics'),
           ('United States', 'north-america'), ('Québec', 'north-america'), ('日本', 'east-asia')]

# names of which nothing is left to make a slug of
SLUGS = {'日本': 'nihon', '東京 DC1': 'tokyo-dc1', '大阪': 'osaka', '株式会社サンプル': 'sample-kk', '日立': 'hitachi'}

# name, slug of the region, status, latitude, longitude, time zone
SITES = [('Zürich West', 'switzerland', 'active', 47.3887, 8.5176, 'Europe/Zurich'),
         ('Zürich Airport', 'switzerland', 'active', 47.458056, 8.548056, 'Europe/Zurich'),
         ('Genève', 'switzerland', 'active', 46.204391, 6.143158, 'Europe/Zurich'),
         ('Basel, Campus & Labs', 'switzerland', 'staging', 47.5596, 7.5886, 'Europe/Zurich'),
         ('Frankfurt am Main', 'germany', 'active', 50.110924, 8.682127, 'Europe/Berlin'),
         ('München', 'germany', 'active', 48.137154, 11.576124, 'Europe/Berlin'),
         ('Köln (Reserve)', 'germany', 'planned', None, None, 'Europe/Berlin'),
         ('Wien', 'sterreich', 'active', 48.2082, 16.3738, 'Europe/Vienna'),
         ('København', 'danmark', 'active', 55.6761, 12.5683, 'Europe/Copenhagen'),
         ('New York - 60 Hudson', 'united-states', 'active', 40.7176, -74.0083, 'America/New_York'),
         ('Ashburn', 'united-states', 'active', 39.0438, -77.4874, 'America/New_York'),
         ('St. Louis', 'united-states', 'decommissioning', 38.627, -90.1994, 'America/Chicago'),
         ('Montréal', 'qubec', 'active', 45.5017, -73.5673, 'America/Toronto'),
         ('東京 DC1', 'nihon', 'active', 35.6762, 139.6503, 'Asia/Tokyo'),
         ('大阪', 'nihon', 'staging', 34.6937, 135.5023, 'Asia/Tokyo'),
         ('Lab (never synced)', None, 'active', None, None, 'UTC')]
NEVER = 'lab-never-synced'      # the site without tags

# name, slug of the parent or group
TENANT_GROUPS = [('Customers', None), ('Departments', None), ('Enterprise', 'customers'), ('Public Sector', 'customers')]
TENANTS = [('Acme, Inc.', 'enterprise'), ('Müller & Söhne AG', 'enterprise'), ('株式会社サンプル', 'enterprise'),
           ('A^B=C Holding', 'enterprise'), ('Kanton Zürich', 'public-sector'), ('City of St. Louis', 'public-sector'),
           ('Finance', 'departments'), ('R&D, Basel', 'departments'), ('IT  Operations', 'departments'),
           ('HR | People', 'departments'), ('Finance', None), ("O'Brien Estates", None)]

# two buildings a site, two floors a building, rooms on the lower floor: name, parent; the same names everywhere
LOCATIONS = [[('Building A', None), ('Building B', None)],
             [('Floor 1', 'Building A'), ('Floor 2', 'Building A'), ('Floor 1', 'Building B')],
             [('Server Room, Süd', 'Floor 1'), ('Meet-Me Room', 'Floor 1')]]
RACK_STATUSES = ['active', 'active', 'active', 'planned', 'reserved', 'deprecated']

# the custom field's choices: class, label
CLASSES = [('cmdb_ci_ip_router', 'IP Router'), ('cmdb_ci_ip_switch', 'IP Switch'), ('cmdb_ci_server', 'Server'),
           ('cmdb_ci_ip_firewall', 'IP Firewall'), ('cmdb_ci_hardware', 'Hardware'),
           ('cmdb_ci_wap_network', 'Wireless Access Point'), ('cmdb_ci_virtualization_server', 'Virtualization Server'),
           ('cmdb_ci_power_eq', 'Power Equipment'), ('cmdb_ci_facility_hardware', 'Facility Hardware')]
FIELD, CHOICES = 'servicenow_ci_class', 'ServiceNow CI Classes'

# name, class, short name, share of the devices
ROLES = [('Core Router', 'cmdb_ci_ip_router', 'rtr', 6), ('Edge Router', 'cmdb_ci_ip_router', 'edge', 6),
         ('Access Switch', 'cmdb_ci_ip_switch', 'sw', 24), ('Core Switch', 'cmdb_ci_ip_switch', 'csw', 6),
         ('Server', 'cmdb_ci_server', 'srv', 18), ('Database Server', 'cmdb_ci_server', 'db', 6),
         ('Virtualization-Server', 'cmdb_ci_virtualization_server', 'esx', 8), ('Firewall', 'cmdb_ci_ip_firewall', 'fw', 5),
         ('WAP Indoor', 'cmdb_ci_wap_network', 'wap', 8), ('PDU', 'cmdb_ci_power_eq', 'pdu', 5),
         ('Patch-Panel', 'cmdb_ci_facility_hardware', 'pp', 4), ('Load Balancer', 'cmdb_ci_hardware', 'lb', 2),
         ('Storage, SAN & NAS', 'cmdb_ci_hardware', 'san', 2)]
CORE_SWITCH = 3

# manufacturer, model, height, has a management port?, short names of the roles it serves
TYPES = [('Cisco', 'ASR 1001-X', 1, True, 'rtr edge'), ('Juniper Networks', 'MX204', 1, True, 'rtr edge'),
         ('Cisco', 'Catalyst 9300-48P', 1, True, 'sw'), ('Arista', 'DCS-7050SX3-48YC8', 1, True, 'csw sw'),
         ('HPE Aruba', '2930F 48G', 1, True, 'sw'), ('Ubiquiti', 'USW-Pro-48', 1, True, 'sw'),
         ('Dell', 'PowerEdge R650', 1, True, 'srv esx'), ('Dell', 'PowerEdge R750', 2, True, 'srv db esx'),
         ('HPE', 'ProLiant DL380 Gen10', 2, True, 'srv db esx'), ('Fortinet', 'FG-600F', 1, True, 'fw'),
         ('Palo Alto Networks', 'PA-3410', 1, True, 'fw'), ('HPE Aruba', 'AP-535', 0, True, 'wap'),
         ('Ubiquiti', 'U6-Pro', 0, True, 'wap'), ('APC', 'AP8853', 0, False, 'pdu'), ('Eaton', 'ePDU G3', 0, False, 'pdu'),
         ('Rittal & Söhne', 'Patch 24×LC', 1, False, 'pp'), ('F5, Inc.', 'BIG-IP i4600', 1, True, 'lb'),
         ('NetApp', 'FAS2750', 2, True, 'san'), ('日立', 'VSP E590', 4, True, 'san'),
         ('Dell', 'AP-535', 1, True, 'san')]                      # a model name that two makers share

# name, slug, colour: the tags of what is to be synced, and of what is to be read back
TAGS = [('ServiceNowSyncTo', 'servicenowsyncto', '00bcd4'), ('ServiceNowSyncFrom', 'servicenowsyncfrom', 'ff9800')]
STATUSES = ['active'] * 14 + ['planned', 'staged', 'offline', 'failed', 'inventory', 'decommissioning']
ODD_NAMES = ['{0}^{1}', 'cage 4, {0}-{1}', '{0} & spare {1}', '  {0}-padded-{1}  ', 'Zürich {0} {1}', '日本-{0}-{1}', '{0}="{1}"',
             '{0}|{1}', '{0}  two  spaces {1}', '{0}-100%-{1}', '{0}/{1}#a?b', "{0}'s <{1}>", '{0}-{1}-😀', '{0}-{1}-' + 'x' * 64]
PLACEHOLDERS = ['N/A', 'To be filled by O.E.M.', '0000000000']    # serial numbers that are none

CLUSTER_TYPES = ['VMware vSphere', 'KVM & libvirt']
VM_STATUSES = ['active'] * 3 + ['offline', 'planned', 'staged', 'failed', 'decommissioning', 'paused']


def slug(name):
    """The slug that NetBox's own form would propose: only ASCII survives."""
    kept = re.sub(r'[^\w\-.\s]', '', name, flags=re.ASCII).strip(' .')
    return SLUGS.get(name) or re.sub(r'[-.\s]+', '-', kept).lower()


SITE_SLUGS = [slug(site[0]) for site in SITES]
SHARE = [role for role, spec in enumerate(ROLES) for _ in range(spec[3])]
SERVES = [[t for t, spec in enumerate(TYPES) if role[2] in spec[4].split()] for role in ROLES]


def name_of(i, role, site):
    """The name of device i; None now and then, for NetBox allows nameless devices."""
    short = ROLES[role][2]
    if i < len(SITES):
        return 'core-sw1'                                         # one name at every site
    if i % 23 == 7:
        return ODD_NAMES[i // 23 % len(ODD_NAMES)].format(short, f'{i:04}')[:64]
    if i % 97 == 50:
        return None
    return f'{SITE_SLUGS[site][:12].strip("-")}-{short}-{i:04}'


def serial_of(i):
    """The serial number of device i: sometimes empty, a placeholder, or that of another device."""
    if i % 10 == 3:
        return ''
    return PLACEHOLDERS[i % 3] if i % 41 == 0 else f'SN{i - (i % 50 == 49) * 7:07}'


def tags_of(i, site, to, back):
    """The tags of device i, given the ids of the two tags."""
    if SITE_SLUGS[site] != NEVER and i % 14 != 5:
        return [to] + [back] * (i % 11 == 0)
    return [back] if i % 9 == 0 else []


def address_of(i, site, kind):
    """The primary address of device i, spelt as NetBox spells it; None without one."""
    if not TYPES[kind][3] or i % 9 not in (1, 5):
        return None
    return str(ipaddress.ip_interface(f'2001:db8:{site:x}::{i:x}/64' if i % 5 == 1 else f'100.{64 + site}.{i // 250}.{i % 250 + 1}/24'))


def devices(count, ids):
    """The rows of the devices and {number: primary address}.

    ids holds the lists sites, roles, types, tenants (in the order of the tables), the tags to and back, free (for
    each site [rack, location, lowest free unit]) and meet_me (the room of each site).
    """
    rows, addresses = [], {}
    for i in range(count):
        dice = random.Random(f'device {i}')
        site = i % len(SITES) if i < 2 * len(SITES) else min(int(dice.random() ** 1.6 * len(SITES)), len(SITES) - 1)
        role = dice.choice(SHARE) if i >= len(SITES) else CORE_SWITCH
        kind = dice.choice(SERVES[role])
        name, height = name_of(i, role, site), TYPES[kind][2]
        row = {'name': name, 'device_type': ids['types'][kind], 'role': ids['roles'][role], 'site': ids['sites'][site],
               'serial': serial_of(i), 'asset_tag': f'AT-{i:06}' if i % 4 or name is None else None,
               'status': dice.choice(STATUSES), 'tenant': dice.choice(ids['tenants']) if i % 3 else None,
               'description': f'{ROLES[role][0]} number {i}' if i % 2 else '',
               'custom_fields': {FIELD: ROLES[role][1]} if dice.random() < .7 else {},
               'tags': tags_of(i, site, ids['to'], ids['back'])}
        spot = next((s for s in ids['free'][site] if s[2] + height <= 43), None)
        if height and spot and dice.random() < .8:
            row.update(rack=spot[0], location=spot[1], position=spot[2], face='front')
            spot[2] += height
        elif dice.random() < .6:
            row['location'] = ids['meet_me'][site]
        if address := address_of(i, site, kind):
            addresses[i] = address
        rows.append(row)
    return rows, addresses
