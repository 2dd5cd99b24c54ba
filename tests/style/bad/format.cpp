int  badly( int formatted ){
return formatted ; }
