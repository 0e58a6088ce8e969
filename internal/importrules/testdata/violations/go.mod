module github.com/itsmkit/itsmkit

go 1.26.0

require example.com/driver v0.0.0

replace example.com/driver => ./driver
