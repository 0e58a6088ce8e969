module github.com/itsmkit/itsmkit

go 1.26.0
