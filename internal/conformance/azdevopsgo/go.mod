module github.com/itsmkit/itsmkit/internal/conformance/azdevopsgo

go 1.26.0

require (
	github.com/itsmkit/itsmkit v0.0.0
	github.com/microsoft/azure-devops-go-api/azuredevops/v7 v7.1.0
)

require github.com/google/uuid v1.1.1 // indirect

replace github.com/itsmkit/itsmkit => ../../..
