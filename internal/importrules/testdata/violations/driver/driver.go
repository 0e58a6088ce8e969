// Package driver stands for a dependency that the library may not have.
package driver
