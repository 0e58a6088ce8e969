# Run by sweep inside NetBox.
import os

from dcim.models import Device

found = Device.objects.filter(name__startswith=os.environ['PREFIX'])
print(found.count(), 'devices')
found.delete()
