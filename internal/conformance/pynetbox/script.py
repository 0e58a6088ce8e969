"""Ordinary use of pynetbox against one NetBox, with nothing left behind.

Everything it makes has the prefix "pynb". What it prints is the same on every
NetBox 4.7: ids, times, addresses of the server and what else is there are left
out. Needs NETBOX_URL and NETBOX_TOKEN.
"""
import json
import os
import re
import sys
import warnings

import pynetbox

PREFIX = 'pynb'
nb = pynetbox.api(os.environ['NETBOX_URL'], token=os.environ['NETBOX_TOKEN'])


def plain(value):
    """A value as it is printed: no ids, times, addresses of the server, nor custom fields of others."""
    if isinstance(value, dict):
        if 'pynb_class' in value:
            return {'pynb_class': plain(value['pynb_class'])}
        return {key: '<time>' if key in ('created', 'last_updated') and item else '<id>' if key == 'id' else plain(item)
                for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        value = value.replace(os.environ['NETBOX_URL'], '<url>')
        return re.sub(r'/\d+/$', '/<id>/', value)
    return value


def show(what, value=None):
    """Prints one line."""
    print(what + ':', json.dumps(plain(value), ensure_ascii=False, sort_keys=True))


def whole(record):
    """All of a record, as pynetbox got it."""
    return dict(record)


def some(records, *fields):
    """Some fields of each record, sorted."""
    return sorted(([str(getattr(record, field)) for field in fields] for record in records))


def settled(text):
    """A refusal without its ids; NetBox names the dependents of a refused delete in no fixed order."""
    text = re.sub(r'\(\d+\)', '(<id>)', text)
    return re.sub(r'(were found: )(.*)("\})', lambda m: m[1] + ', '.join(sorted(m[2].split(', '))) + m[3], text)


def refused(what, call):
    """Prints how an error comes out of pynetbox."""
    try:
        call()
    except (pynetbox.RequestError, pynetbox.AllocationError) as err:
        show(what, [err.req.status_code, settled(err.error)])
    else:
        show(what, 'not refused')


def clean():
    """Removes all that an earlier run may have left, children first."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        for endpoint, lookup in (
                (nb.ipam.ip_addresses, 'description__isw'), (nb.ipam.prefixes, 'description__isw'),
                (nb.dcim.devices, 'name__isw'), (nb.dcim.racks, 'name__isw'), (nb.dcim.locations, 'slug__isw'),
                (nb.dcim.sites, 'slug__isw'), (nb.dcim.device_types, 'slug__isw'), (nb.dcim.device_roles, 'slug__isw'),
                (nb.dcim.platforms, 'slug__isw'), (nb.dcim.manufacturers, 'slug__isw'), (nb.tenancy.tenants, 'slug__isw'),
                (nb.tenancy.tenant_groups, 'slug__isw'), (nb.extras.custom_fields, 'name__isw'),
                (nb.extras.custom_field_choice_sets, 'name__isw'), (nb.extras.tags, 'slug__isw')):
            field = lookup.split('__')[0]
            left = [r for r in endpoint.filter(**{lookup: PREFIX}) if str(r.serialize().get(field)).startswith(PREFIX)]
            if left:
                endpoint.delete(left)
        for tree in (nb.dcim.regions, nb.dcim.site_groups):
            for record in tree.filter(slug__isw=PREFIX, parent_id='null'):
                record.delete()


def provision():
    """Tag, choice set, custom field."""
    tag = nb.extras.tags.create(name='pynb Sync', slug='pynb-sync', color='2196f3')
    show('tag', whole(tag))
    choices = nb.extras.custom_field_choice_sets.create(
        name='pynb classes', extra_choices=[['cmdb_ci_server', 'Server'], ['cmdb_ci_ip_switch', 'IP Switch']])
    show('choice set', [choices.name, choices.extra_choices, choices.choices_count])
    field = nb.extras.custom_fields.create(
        name='pynb_class', label='CI class', type='select', object_types=['dcim.device'], choice_set=choices.id)
    show('custom field', [field.name, str(field.type), field.type.value, field.object_types, str(field.choice_set)])
    choices.extra_choices = choices.extra_choices + [['cmdb_ci_win_server', 'Windows Server']]
    show('choice set saved', choices.save())
    show('choice set saved again', choices.save())
    return tag


def places(tag):
    """Regions, sites, locations and racks."""
    europe = nb.dcim.regions.create(name='pynb Europe', slug='pynb-europe')
    swiss = nb.dcim.regions.create(name='pynb Switzerland', slug='pynb-switzerland', parent=europe.id)
    show('region', whole(swiss))
    site = nb.dcim.sites.create(
        name='pynb Zürich', slug='pynb-zurich', region=swiss.id, status='planned', time_zone='Europe/Zurich',
        latitude=47.376887, longitude=8.541694, tags=[{'slug': 'pynb-sync'}])
    show('site', whole(site))
    got = nb.dcim.sites.get(site.id)
    show('site read again is the same', whole(got) == whole(nb.dcim.sites.get(slug='pynb-zurich')))
    show('site equals itself', got == site)
    show('details', [str(site.region), got.region.parent.name, str(got.status), got.status.value, [str(t) for t in got.tags]])
    got.status = 'active'
    got.facility = 'ZH4'
    show('changes', got.updates())
    show('saved', got.save())
    show('updated', got.update({'comments': 'line 1\nline 2'}))
    show('after', [nb.dcim.sites.get(site.id)[name] for name in ('facility', 'comments')])
    building = nb.dcim.locations.create(name='Building', slug='pynb-building', site=site.id)
    room = nb.dcim.locations.create(name='Room', slug='pynb-room', site=site.id, parent=building.id, status='active')
    show('location', whole(room))
    rack = nb.dcim.racks.create(name='pynb-R1', site=site.id, location=room.id, u_height=42, facility_id='1.1')
    show('rack', [str(rack), rack.name, rack.u_height, str(rack.location), rack.width.value])
    return site, room, rack


def hardware():
    """Manufacturer, device types, role, platform, tenants."""
    maker = nb.dcim.manufacturers.create(name='pynb Maker', slug='pynb-maker')
    types = nb.dcim.device_types.create([
        {'manufacturer': maker.id, 'model': 'S1', 'slug': 'pynb-s1', 'u_height': 1},
        {'manufacturer': {'slug': 'pynb-maker'}, 'model': 'S2', 'slug': 'pynb-s2', 'u_height': 2.0, 'part_number': 'S-2'}])
    show('device types', [[str(t), t.manufacturer.name, t.u_height, t.part_number] for t in types])
    role = nb.dcim.device_roles.create(name='pynb Server', slug='pynb-server', color='9e9e9e', vm_role=False)
    platform = nb.dcim.platforms.create(name='pynb Linux', slug='pynb-linux')
    group = nb.tenancy.tenant_groups.create(name='pynb Customers', slug='pynb-customers')
    tenant = nb.tenancy.tenants.create(name='pynb Acme', slug='pynb-acme', group=group.id)
    show('tenant', whole(tenant))
    return types, role, platform, tenant


def devices(site, room, rack, types, role, platform, tenant, tag):
    """A device with all that belongs to it, then many."""
    one = nb.dcim.devices.create(
        name='pynb-one', device_type=types[0].id, role=role.id, platform=platform.id, tenant=tenant.id, site=site.id,
        rack=rack.id, position=10, face='front', serial='SN-1', asset_tag='pynb-A1', status='active',
        custom_fields={'pynb_class': 'cmdb_ci_server'}, tags=[tag.id])
    show('device', whole(one))
    show('device, read', [one.display, str(one), str(one.device_type), one.device_type.manufacturer.name, str(one.location),
                          one.position, one.face.label, one.custom_fields, one.primary_ip])
    port = nb.dcim.interfaces.create(device=one.id, name='eth0', type='1000base-t')
    address = nb.ipam.ip_addresses.create(
        address='198.51.100.7/24', assigned_object_type='dcim.interface', assigned_object_id=port.id)
    show('primary', one.update({'primary_ip4': address.id}))
    one = nb.dcim.devices.get(name='pynb-one', site_id=site.id)
    show('primary address', [str(one.primary_ip), str(one.primary_ip4), one.primary_ip.family.value, str(port), str(port.type)])

    many = nb.dcim.devices.create([
        {'name': f'pynb-{i:02}', 'device_type': types[i % 2].id, 'role': role.id, 'site': site.id, 'status': 'planned',
         'tenant': tenant.id if i % 3 else None, 'serial': f'M-{i:02}'} for i in range(7)])
    show('bulk create', some(many, 'name', 'device_type', 'tenant', 'serial'))
    for device in many[:3]:
        device.status = 'staged'
    show('bulk update of records', some(nb.dcim.devices.update(many[:3]), 'name', 'status'))
    show('bulk update of objects', some(nb.dcim.devices.update(
        [{'id': d.id, 'comments': 'checked', 'tags': [{'name': 'pynb Sync'}]} for d in many[4:6]]), 'name', 'comments', 'tags'))
    show('update of a result', nb.dcim.devices.filter(name=['pynb-00', 'pynb-01']).update(description='in bulk') and True)

    ours = {'site_id': site.id}
    show('paged', some(nb.dcim.devices.filter(limit=3, **ours), 'name', 'status'))
    show('first page from an offset', some(nb.dcim.devices.filter(limit=3, offset=6, **ours), 'name'))
    show('length', [len(nb.dcim.devices.filter(limit=3, **ours)), nb.dcim.devices.count(**ours)])
    threaded = pynetbox.api(os.environ['NETBOX_URL'], token=os.environ['NETBOX_TOKEN'], threading=True)
    show('in threads', some(threaded.dcim.devices.filter(limit=2, **ours), 'name'))
    cursor = pynetbox.api(os.environ['NETBOX_URL'], token=os.environ['NETBOX_TOKEN'], pagination='cursor')
    show('by cursor', some(cursor.dcim.devices.filter(limit=3, **ours), 'name'))
    for what, where in (
            ('status', {'status': ['staged', 'active']}), ('tag', {'tag': 'pynb-sync'}), ('type', {'device_type': 'pynb-s2'}),
            ('text', {'name__ic': 'NB-0', 'serial__iew': '5'}), ('no tenant', {'tenant_id': 'null'}),
            ('custom field', {'cf_pynb_class': 'cmdb_ci_server'}), ('location', {'location_id': room.id}),
            ('maker', {'manufacturer': 'pynb-maker', 'name': 'PYNB-03'}), ('search', {'q': 'pynb-A1'}),
            ('primary', {'has_primary_ip': True}), ('many ids', {'id': [d.id for d in many[:2]]})):
        show('filter by ' + what, some(nb.dcim.devices.filter(**where, **ours), 'name'))
    show('brief', [sorted(dict(d)) for d in nb.dcim.devices.filter(name='pynb-one', brief=True, **ours)])
    show('fields', [sorted(dict(d)) for d in nb.dcim.devices.filter(name='pynb-one', fields='id,name,serial', **ours)])
    show('nothing', [nb.dcim.devices.get(name='pynb-none', **ours), list(nb.dcim.devices.filter(name='pynb-none', **ours))])

    refused('duplicate device', lambda: nb.dcim.devices.create(
        name='pynb-ONE', device_type=types[0].id, role=role.id, site=site.id, tenant=tenant.id))
    refused('bad status', lambda: nb.dcim.devices.get(one.id).update({'status': 'broken'}))
    refused('bad class', lambda: nb.dcim.devices.get(one.id).update({'custom_fields': {'pynb_class': 'cmdb_ci_toaster'}}))
    refused('no such field', lambda: nb.dcim.devices.get(one.id).update({'custom_fields': {'pynb_other': 'x'}}))
    refused('taken unit', lambda: nb.dcim.devices.create(
        name='pynb-two', device_type=types[1].id, role=role.id, site=site.id, rack=rack.id, position=9, face='front'))
    refused('one bad of three', lambda: nb.dcim.devices.create([
        {'name': name, 'device_type': types[0].id, 'role': role.id, 'site': where}
        for name, where in (('pynb-x1', site.id), ('pynb-x2', 999999999), ('pynb-x3', site.id))]))
    show('none of them', nb.dcim.devices.count(name__isw='pynb-x', **ours))
    refused('missing', lambda: nb.dcim.devices.create(name='pynb-two'))
    refused('used type', types[0].delete)
    refused('used choice', lambda: nb.extras.custom_field_choice_sets.get(name='pynb classes').update(
        {'extra_choices': [['cmdb_ci_ip_switch', 'IP Switch']]}))
    refused('two at a time', lambda: nb.dcim.sites.create([{'name': 'pynb Zürich', 'slug': 'pynb-b'}, {'name': 'pynb C'}]))

    show('deleted', [many[0].delete(), nb.dcim.devices.get(many[0].id)])
    show('deleted in bulk', [nb.dcim.devices.delete(many[1:3]), nb.dcim.devices.filter(name__isw='pynb-0', **ours).delete() and True])
    show('left', some(nb.dcim.devices.filter(**ours), 'name'))


def choices_and_changes(site):
    """What the API tells about itself."""
    for endpoint, field in ((nb.dcim.devices, 'status'), (nb.dcim.sites, 'status'), (nb.dcim.racks, 'width'), (nb.dcim.devices, 'face')):
        show(f'choices of {endpoint.name} {field}', [c['value'] for c in endpoint.choices()[field]])
    show('version', [nb.version, nb.status()['netbox-version'].split('.')[:2]])
    changes = nb.core.object_changes.filter(changed_object_type='dcim.site', changed_object_id=site.id)
    show('change log', [[str(c.action), c.object_repr] + [(c.postchange_data or {}).get(name) for name in (
        'status', 'facility', 'comments', 'latitude', 'tags')] for c in sorted(changes, key=lambda c: c.id)])


def addresses():
    """Addresses from a prefix."""
    prefix = nb.ipam.prefixes.create(prefix='198.18.96.0/29', description='pynb')
    show('prefix', [str(prefix), prefix.family.value, str(prefix.status)])
    show('free', [str(a) for a in prefix.available_ips.list()])
    first = prefix.available_ips.create({'description': 'pynb'})
    two = prefix.available_ips.create([{'description': 'pynb'}, {'description': 'pynb', 'dns_name': 'pynb.example'}])
    show('next', [str(first), [str(a) for a in two], two[1].dns_name])
    show('still free', [str(a) for a in prefix.available_ips.list()])
    refused('too many', lambda: prefix.available_ips.create([{} for _ in range(9)]))
    show('in the prefix', some(nb.ipam.ip_addresses.filter(parent='198.18.96.0/29'), 'address', 'status', 'dns_name'))
    two[0].status = 'reserved'
    show('reserved', [two[0].save(), nb.ipam.ip_addresses.get(address='198.18.96.2/29').status.value])
    refused('taken', lambda: nb.ipam.ip_addresses.create(address='198.18.96.1/29', description='pynb'))
    container = nb.ipam.prefixes.create(prefix='198.18.97.0/24', description='pynb', status='container')
    show('free prefixes', [str(p) for p in container.available_prefixes.list()])
    parts = container.available_prefixes.create([{'prefix_length': n, 'description': 'pynb'} for n in (26, 28)])
    show('next prefixes', [str(p) for p in parts])
    show('still free prefixes', [str(p) for p in container.available_prefixes.list()])
    show('prefixes deleted', nb.ipam.prefixes.delete([container, *parts]))
    for address in [first, *two]:
        address.delete()
    show('prefix deleted', prefix.delete())


def main():
    """All of it; cleans up whatever happens."""
    clean()
    try:
        tag = provision()
        site, room, rack = places(tag)
        devices(site, room, rack, *hardware(), tag)
        choices_and_changes(site)
        addresses()
    finally:
        clean()
    show('left behind', nb.dcim.sites.count(slug__isw=PREFIX) + nb.dcim.regions.count(slug__isw=PREFIX) + nb.extras.tags.count(slug__isw=PREFIX))


if __name__ == '__main__':
    sys.exit(main())
