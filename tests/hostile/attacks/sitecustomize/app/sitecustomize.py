open("@OUT@/customized", "w")
