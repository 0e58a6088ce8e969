package netbox_test

import _ "example.com/driver"
