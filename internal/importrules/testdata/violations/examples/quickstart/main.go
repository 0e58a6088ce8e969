// Command quickstart names a driver in the library's own module.
package main

import _ "example.com/driver"

func main() {}
