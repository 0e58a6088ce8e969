module github.com/itsmkit/itsmkit/examples/events/lambda

go 1.26.0

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/itsmkit/itsmkit v0.0.0
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	golang.org/x/oauth2 v0.38.0 // indirect
)

replace github.com/itsmkit/itsmkit => ../../..
