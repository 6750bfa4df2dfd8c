"""What rule tests are written with: expectations, inputs, the plain model."""
